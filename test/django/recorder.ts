import type { ConnectOptions, Message, SignalResponse } from 'nestjs-signals';
import type { Call, Facts, Step } from './scenario.js';

type AnySignal = Message['signal'];

/** Writes down what happens, as Django's traces have it. */
export class Recorder {
  readonly steps: Step[] = [];

  /** A function of this name that writes down every call, and then does what is given; else it answers its name. */
  receiver<Payload extends object>(
    name: string,
    then: (payload: Payload, message: Message) => unknown = () => name,
  ): (payload: Payload, message: Message) => unknown {
    const named = {
      [name]: (payload: Payload, message: Message) => {
        this.call(name, message);
        return then(payload, message);
      },
    };
    return named[name]!;
  }

  /** Writes down a call of a receiver that a scenario names. */
  call(receiver: string, { signal, sender }: Message): void {
    this.steps.push({ ...callOf(signal, sender), receiver });
  }

  /** Writes down every send of a signal, with its payload. */
  listenTo(signal: AnySignal, options?: Pick<ConnectOptions, 'sender' | 'until'>): void {
    const write = (payload: object, { sender }: Message) => {
      this.steps.push({ ...callOf(signal, sender), ...argumentsOf(payload) });
    };
    signal.connect(write, options);
  }

  /** Writes down what is no call: `-- a comment`, `SQL INSERT item`. */
  line(text: string): void {
    this.steps.push(text);
  }
}

function callOf(signal: AnySignal, sender: unknown): Call {
  return { signal: djangoName(signal.constructor.name), sender: shown(sender, '()') };
}

/** A payload as the arguments of Django's receivers. */
function argumentsOf(payload: object): Facts {
  return Object.fromEntries(
    namesIn(payload).map(name => [djangoName(name), shown((payload as Record<string, unknown>)[name])]),
  );
}

/** The properties of an object, and those that are computed when they are read. */
function namesIn(payload: object): string[] {
  const prototype = Object.getPrototypeOf(payload) as object;
  const accessors = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([, accessor]) => accessor.get !== undefined,
  );
  const computed = prototype === Object.prototype ? [] : accessors.map(([name]) => name);
  return [...Object.keys(payload), ...computed];
}

/** `pre_save` for `PreSave`, `pk_set` for `pkSet` */
function djangoName(name: string): string {
  return name.replace(/(?<=[a-z\d])[A-Z]/g, letter => `_${letter}`).toLowerCase();
}

/** A value as the traces show it: `Item` for a class, `Item#7` for an entity, `Item#None` before it has a key. */
function shown(value: unknown, suffix?: string): unknown {
  if (typeof value === 'function') return value.name;
  if (value instanceof Set) return [...value].map(one => shown(one)).sort(byText);
  if (Array.isArray(value)) return value.map(one => shown(one));
  if (isThrough(value)) return `${value.entity.name}_${value.property}`;
  const name = classNameOf(value);
  if (name === undefined) return value ?? null;
  const { id } = value as { id?: string | number | null };
  return `${name}${suffix ?? `#${id ?? 'None'}`}`;
}

/** A many-to-many relation, which Django names by its table. */
function isThrough(value: unknown): value is { entity: { name: string }; property: string } {
  return classNameOf(value) === 'Through';
}

function byText(a: unknown, b: unknown): number {
  return `${a as string}`.localeCompare(`${b as string}`, 'en', { numeric: true });
}

function classNameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name } = value.constructor;
  return name === 'Object' ? undefined : name;
}

/** Returns `[receiver, value]` for each response, with the error in place of the value as in `send_robust`. */
export function answersOf(responses: readonly SignalResponse[]): [string, unknown][] {
  return responses.map(response => [response.receiver, answerOf(response)]);
}

function answerOf(response: SignalResponse): unknown {
  if (response.status === 'fulfilled') return response.value ?? null;
  return response.status === 'rejected' ? String(response.reason) : response.delivery;
}

/** `ValueError: no` for what fails so; null for what does not. */
export async function errorOf(attempt: () => unknown): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return String(error);
  }
}

export class ValueError extends Error {
  override readonly name = 'ValueError';
}
