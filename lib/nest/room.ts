import { Inject, Injectable, type Provider, type Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { type AnySignal, badOption, SignalRegistry } from '../core/index.js';
import { forRootOptions, SIGNALS_OPTIONS } from './options.js';
import { RequestContexts } from './requests/request-contexts.js';

/** The part of a room in the module: signals that can be injected everywhere, and the hooks that send them. */
export interface Room {
  /** The name of the folder, as a graph shows it. */
  readonly name: string;
  readonly signals: readonly Type<AnySignal>[];
  readonly providers?: readonly Provider[];
  /** The words for the option or package that is missing if nothing sends these signals. */
  readonly needs: string;
  /** Hooks the places that send the signals, while the application is being built; undefined if the room is switched off. */
  link(application: Application): Promise<RoomLink | undefined>;
}

/** An application as the rooms that are linked to it know it. */
@Injectable()
export class Application {
  constructor(
    /** The one of `SignalsModule`. */
    @Inject(ModuleRef) readonly moduleRef: ModuleRef,
    @Inject(ModulesContainer) readonly modules: ModulesContainer,
    @Inject(SignalRegistry) readonly registry: SignalRegistry,
    @Inject(RequestContexts) readonly requests: RequestContexts,
    /** The options of `forRoot()`. */
    @Inject(SIGNALS_OPTIONS) readonly options: object,
  ) {}
}

/** A room at work in one application. */
export interface RoomLink {
  /** The application has nothing that the room could hook. */
  readonly isIdle?: boolean;
  /** Before Nest registers the routes. */
  configure?(): void;
  /** Every receiver is known, and nothing has been sent but from constructors. */
  init?(): Promise<void>;
  /** Everything has been started. */
  bootstrap?(): void;
  /** The application is about to shut down: nothing new is begun, and what runs has this long to end. */
  stop?(remainingMs: number): Promise<void>;
  /** The application shuts down. */
  close?(): void | Promise<void>;
}

/** The rooms of an application, and their links in the same order. */
export const ROOMS: unique symbol = Symbol('Rooms');
export const LINKS: unique symbol = Symbol('RoomLinks');

/**
 * Returns the `link()` of a room whose work an option of `forRoot()` does: that of the option's value.
 *
 * @throws {SignalError} at start `UNKNOWN_OPTION`
 */
export function linkOf(option: 'durable' | 'telemetry', why: string, fix: string): Room['link'] {
  return async application => {
    const { [option]: named } = application.options as Record<typeof option, Partial<Room> | null | undefined>;
    if (named === undefined) return undefined;
    // A string has a method of this name.
    if (typeof named !== 'object' || typeof named?.link !== 'function')
      throw badOption(forRootOptions(), option, why, fix);
    return named.link(application);
  };
}
