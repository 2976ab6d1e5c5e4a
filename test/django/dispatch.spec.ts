import { Signal } from 'nestjs-signals';
import { DISPATCH } from './dispatch/index.js';
import { testScenarios } from './mapping.js';

testScenarios('dispatch', DISPATCH);

describe('Unlike in Django, where no trace shows it,', () => {
  class Ping extends Signal {}
  class Alpha {}

  it('a function that is connected for every sender and for one is called once (CALLED_ONCE)', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    const mail = () => calls.push('mail');
    ping.connect(mail, { sender: Alpha });
    ping.connect(mail);

    await ping.send(Alpha);
    await ping.send(null);

    expect(calls).toEqual(['mail', 'mail']);
  });
});
