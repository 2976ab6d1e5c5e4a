import { Signal } from 'nestjs-signals';
import { z } from 'zod';

const schema = z.object({ email: z.email(), address: z.object({ zip: z.string() }) });

class UserInvited extends Signal<z.infer<typeof schema>> {
  static override readonly schema = schema;
}
class SlowlyChecked extends Signal<{ name: string }> {
  static override readonly schema = z.object({ name: z.string().refine(async name => name !== 'bad', 'is bad') });
}

describe('a signal with a schema', () => {
  it('sends a payload that fits, as it is', async () => {
    const invited = new UserInvited();
    const payload = { email: 'ann@example.org', address: { zip: '1' }, extra: 'stays' };
    const seen: unknown[] = [];
    invited.connect(given => seen.push(given));

    await invited.send(null, payload);

    expect(seen[0]).toBe(payload);
  });

  it('refuses a payload that does not, before any receiver is called, and names the path but no value', async () => {
    const invited = new UserInvited();
    const calls: string[] = [];
    invited.connect(() => calls.push('called'));
    const wrong = { email: 'a secret', address: { zip: 7 } } as never;

    const sending = invited.send(null, wrong);

    await expect(sending).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    await expect(sending).rejects.toThrow(/UserInvited does not fit its schema: email: [^;]+; address\.zip: /);
    await expect(sending).rejects.not.toThrow(/a secret/);
    await expect(invited.sendRobust(null, wrong)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    expect(() => invited.sendSync(null, wrong)).toThrow(expect.objectContaining({ code: 'PAYLOAD_INVALID' }));
    expect(calls).toEqual([]);
  });

  it('is checked when no receiver is connected, too', async () => {
    await expect(new UserInvited().send(null, {} as never)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
  });

  it('may be checked asynchronously, but not by sendSync', async () => {
    const signal = new SlowlyChecked();

    await expect(signal.send(null, { name: 'bad' })).rejects.toThrow(/name: is bad/);
    expect(await signal.send(null, { name: 'good' })).toEqual([]);
    expect(() => signal.sendSync(null, { name: 'good' })).toThrow(/schema of SlowlyChecked is asynchronous/);
  });
});
