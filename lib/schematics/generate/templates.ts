export function signalText(className: string): string {
  return `import { Signal } from 'nestjs-signals';

export class ${className} extends Signal<{ id: number }> {}
`;
}

export function signalSpec(className: string, specifier: string): string {
  return `import { Test } from '@nestjs/testing';
import { SignalsModule } from 'nestjs-signals';
import { ${className} } from '${specifier}';

describe('${className}', () => {
  it('is sent to its receivers', async () => {
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot()],
      providers: [${className}],
    }).compile();
    await module.init();
    const signal = module.get(${className});
    signal.connect(({ id }) => id);

    const [response] = await signal.send(undefined, { id: 1 });

    expect(response).toMatchObject({ status: 'fulfilled', value: 1 });
    await module.close();
  });
});
`;
}

/** The signal that a receiver receives. */
export interface ReceivedSignal {
  readonly name: string;
  readonly from: string;
}

const PACKAGE = 'nestjs-signals';

export function receiverText(className: string, { name, from }: ReceivedSignal): string {
  const isBuiltIn = from === PACKAGE;
  const imported = isBuiltIn ? `OnSignal, type PayloadOf, ${name}` : 'OnSignal, type PayloadOf';
  return `import { Injectable } from '@nestjs/common';
import { ${imported} } from '${PACKAGE}';
${isBuiltIn ? '' : `import { ${name} } from '${from}';\n`}
@Injectable()
export class ${className} {
  @OnSignal(${name})
  receive(payload: PayloadOf<${name}>): void {
    console.log('${name}', Object.keys(payload));
  }
}
`;
}

export function receiverSpec(className: string, specifier: string, { name, from }: ReceivedSignal): string {
  const isBuiltIn = from === PACKAGE;
  return `import { Test } from '@nestjs/testing';
import { ${isBuiltIn ? `${name}, ` : ''}SignalsModule } from '${PACKAGE}';
${isBuiltIn ? '' : `import { ${name} } from '${from}';\n`}import { ${className} } from '${specifier}';

describe('${className}', () => {
  it('receives ${name}', async () => {
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot()],
      providers: [${isBuiltIn ? className : `${name}, ${className}`}],
    }).compile();
    await module.init();
    const signal = module.get(${name}, { strict: false });

    expect(signal.hasReceivers()).toBe(true);
    await module.close();
  });
});
`;
}
