import type { ExternalContextCreator, ModulesContainer } from '@nestjs/core';
import { REQUEST } from '@nestjs/core';
import type { AmbientContexts } from '../../core/index.js';
import { type PrivateField, privateField } from './private-field.js';

type Call = (...args: unknown[]) => unknown;
type ParamsFactory = { exchangeKeyForValue(type: number, data: undefined, args: unknown[]): unknown };

/** `GqlParamtype.CONTEXT` of `@nestjs/graphql` 13 and 14, and where `create()` is given what (Nest 11 and 12). */
const CONTEXT_OF_GRAPHQL = 1;
const PARAMS_FACTORY = 4;
const CONTEXT_TYPE = 8;

/** Gives sends of GraphQL resolvers the context of GraphQL for a scope, and not the HTTP request around it. */
export function enterResolvers(contexts: AmbientContexts, creator: ExternalContextCreator): void {
  const create = creator.create.bind(creator) as (...args: unknown[]) => Call;
  const entering = (...args: unknown[]): Call => {
    const call = create(...args);
    if (args[CONTEXT_TYPE] !== 'graphql') return call;
    const params = args[PARAMS_FACTORY] as ParamsFactory;
    return (...given) => {
      const scope = params.exchangeKeyForValue(CONTEXT_OF_GRAPHQL, undefined, given);
      const ambient = contexts.current;
      const isEntered = !ambient?.request || ambient.scope === scope || typeof scope !== 'object' || scope === null;
      return isEntered ? call(...given) : contexts.run({ scope }, () => call(...given));
    };
  };
  // An own property of the one creator of this application.
  Object.assign(creator, { create: entering });
}

/**
 * Collects the objects that Nest makes of messages to request-scoped controllers of microservices, by the contexts of
 * their transports. Nest shows them to its own provider only.
 */
export function hostsOfMessages(modules: ModulesContainer): PrivateField<object> {
  const hosts = privateField<object>();
  const core = [...modules.values()].find(({ name }) => name === 'InternalCoreModule');
  const provider = core?.providers.get(REQUEST);
  if (!provider) return hosts;
  const set = provider.setInstanceByContextId.bind(provider);
  provider.setInstanceByContextId = (id, value, ...rest) => {
    const host = value.instance as { readonly context?: unknown; getContext?: unknown } | undefined;
    if (typeof host?.getContext === 'function' && typeof host.context === 'object' && host.context) {
      hosts.keep(host.context, host);
    }
    set(id, value, ...rest);
  };
  return hosts;
}
