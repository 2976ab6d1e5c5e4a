import { type Message, type SignalContext, SignalsModule } from 'nestjs-signals';
import { expect, it } from 'tstyche';

declare module 'nestjs-signals' {
  interface SignalContext {
    actor?: string;
  }
}

it('a context has the properties that the application has declared', () => {
  expect<Message['context']['actor']>().type.toBe<string | undefined>();
  expect<SignalContext['tenant']>().type.toBe<unknown>();
  expect(SignalsModule.forRoot).type.toBeCallableWith({ context: () => ({ actor: 'ann' }) });
  expect(SignalsModule.forRoot).type.not.toBeCallableWith({ context: () => ({ actor: 7 }) });
});
