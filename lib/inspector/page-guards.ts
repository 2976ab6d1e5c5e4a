import { type CanActivate, type ExecutionContext, Inject, type OnModuleInit, Scope, type Type } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { lastValueFrom } from 'rxjs';
import { SignalError } from '../core/index.js';
import { INSPECTOR_SETTINGS, type InspectorSettings } from './inspector-options.js';

/**
 * Asks the guards of a page. A class that the application provides anywhere, or has as a guard elsewhere, is used as it
 * is; another is made here.
 */
export class PageGuards implements CanActivate, OnModuleInit {
  private readonly made = new Map<Type<CanActivate>, CanActivate>();

  constructor(
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(INSPECTOR_SETTINGS) private readonly settings: InspectorSettings,
  ) {}

  /**
   * Makes those that are no providers, so that one that cannot be made is an error at start.
   *
   * @throws {SignalError} `UNKNOWN_OPTION`
   */
  async onModuleInit(): Promise<void> {
    for (const guard of this.settings.guards) {
      if (typeof guard !== 'function' || this.isProvided(guard)) continue;
      try {
        this.made.set(guard, await this.moduleRef.create(guard));
      } catch (error) {
        throw cannotBeMade(guard, error);
      }
    }
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    for (const guard of this.settings.guards) {
      const one = typeof guard === 'function' ? await this.instanceOf(guard, context) : guard;
      const answer = await one.canActivate(context);
      if (!(typeof answer === 'boolean' ? answer : await lastValueFrom(answer))) return false;
    }
    return true;
  }

  private async instanceOf(guard: Type<CanActivate>, context: ExecutionContext): Promise<CanActivate> {
    const made = this.made.get(guard);
    if (made) return made;
    if (this.moduleRef.introspect(guard).scope === Scope.DEFAULT) return this.moduleRef.get(guard, { strict: false });
    const request = context.switchToHttp().getRequest<Record<string, unknown>>();
    const id = ContextIdFactory.getByRequest(request);
    this.moduleRef.registerRequestByContextId(request, id);
    return this.moduleRef.resolve(guard, id, { strict: false });
  }

  private isProvided(guard: Type<CanActivate>): boolean {
    try {
      return this.moduleRef.introspect(guard) !== undefined;
    } catch {
      return false;
    }
  }
}

function cannotBeMade(guard: Type<CanActivate>, cause: unknown): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: `The option 'guard' of SignalsInspectorModule cannot be used: ${guard.name} cannot be made: ${String(cause)}`,
    at: 'SignalsInspectorModule.forRoot({ guard })',
    fix: `provide ${guard.name} in the module that has what it injects.`,
    cause,
  });
}
