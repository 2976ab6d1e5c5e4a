import { maskCredentials } from '../../lib/core/message/masking.js';

const MASK = '********************';

describe('Credentials', () => {
  it.each([
    ...['password', 'api', 'accessToken', 'API_KEY', 'client_secret', 'Signature', 'monkey'],
    ...[
      'pass',
      'pwd',
      'pin',
      'code',
      'otp',
      'totpCode',
      'mfa',
      'passphrase',
      'SAMLResponse',
      'assertion',
      'credential',
    ],
    ...['cvv', 'jwt', 'session', 'code_verifier'],
  ])('lose what is called %s, whatever it is', name => {
    expect(maskCredentials({ [name]: 'x' })).toEqual({ [name]: MASK });
    expect(maskCredentials({ [name]: { deep: ['x'] } })).toEqual({ [name]: MASK });
    expect(maskCredentials({ [name]: undefined })).toEqual({ [name]: MASK });
  });

  it.each(['username', 'email', 'login', 'user', 'name', 'remember', 'tenant', 'account', 'phone'])('keep %s', name => {
    expect(maskCredentials({ [name]: 'x' })).toEqual({ [name]: 'x' });
  });

  it('lose further names: a string in any case and as a whole, a pattern as far as it goes', () => {
    const sensitive = ['ssn', /^x_/g];

    expect(maskCredentials({ SSN: 1, assn: 2, x_a: 3, x_b: 4, a_x_: 5 }, sensitive)).toEqual({
      SSN: MASK,
      assn: 2,
      x_a: MASK,
      x_b: MASK,
      a_x_: 5,
    });
  });

  it('lose them at any depth, in lists, maps and sets', () => {
    const credentials = {
      user: { name: 'ann', password: 'x' },
      attempts: [{ pin: 1 }, [{ otp: 2 }]],
      more: new Map<unknown, unknown>([
        ['token', 'x'],
        [1, { secret: 'x' }],
      ]),
      set: new Set([{ key: 'x' }]),
    };

    expect(maskCredentials(credentials)).toEqual({
      user: { name: 'ann', password: MASK },
      attempts: [{ pin: MASK }, [{ otp: MASK }]],
      more: new Map<unknown, unknown>([
        ['token', MASK],
        [1, { secret: MASK }],
      ]),
      set: new Set([{ key: MASK }]),
    });
  });

  it.each([
    ['a GraphQL document', 'mutation { login(name: "ann", password: "x") { id } }'],
    ['JSON', '{"name":"ann","newPassword" : "x"}'],
    ['a query string', 'name=ann&token=x'],
    ['brackets', 'user[password]=x'],
  ])('lose a text that names a secret: %s', (_, text) => {
    expect(maskCredentials({ text })).toEqual({ text: MASK });
  });

  it('are a copy, and what they were copied from stays as it was', () => {
    const since = new Date();
    const user = Object.assign(Object.create({ inherited: 1 }) as { name: string }, { name: 'ann', password: 'x' });
    const credentials = { user, since };
    const masked = maskCredentials(credentials) as typeof credentials;

    expect(masked).toEqual({ user: { name: 'ann', password: MASK }, since });
    expect(masked.user).not.toBe(user);
    expect(masked.since).not.toBe(since);
    expect(credentials).toEqual({ user, since });
    expect(user).toMatchObject({ password: 'x' });
  });

  it('may hold themselves, be very deep, or be binary: what cannot be looked into is masked', () => {
    const cyclic: Record<string, unknown> = { name: 'ann', list: [] };
    cyclic.self = cyclic;
    (cyclic.list as unknown[]).push(cyclic.list);
    let deep: object = { name: 'ann' };
    for (let depth = 0; depth < 100; depth++) deep = { deep };

    expect(maskCredentials(cyclic)).toEqual({ name: 'ann', list: [MASK], self: MASK });
    expect(JSON.stringify(maskCredentials(deep))).toMatch(/^(\{"deep":){10}"\*{20}"\}{10}$/);
    expect(maskCredentials({ bytes: Buffer.from('x'), name: 'ann' })).toEqual({ bytes: MASK, name: 'ann' });
  });

  it('may have names that mean something to JavaScript', () => {
    const masked = maskCredentials(JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as object);

    expect(Object.keys(masked)).toEqual(['__proto__', 'constructor']);
    expect((masked as { admin?: boolean }).admin).toBeUndefined();
  });

  it('of a hostile length take no longer for it', () => {
    const started = performance.now();
    maskCredentials({ text: 'pass'.repeat(250_000), more: 'password"'.repeat(100_000) });

    expect(performance.now() - started).toBeLessThan(5000);
  });
});
