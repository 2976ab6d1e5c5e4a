import type { ParseArgsOptionsConfig } from 'node:util';

/** A command as its help shows it. */
export interface CommandText {
  /** One line. */
  readonly does: string;
  readonly usage: string;
  /** The options with their meaning; `name VALUE` for those that take one. */
  readonly options: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
}

const DATABASE = {
  'url URL': 'the database of the messages; default: the variable DATABASE_URL',
  'schema NAME': "the schema of the messages, as in pgBoss({ schema }); default: 'signals'",
  json: 'write JSON',
};

const FILTER = {
  'receiver UID': 'of this receiver',
  'id ID': 'with this id of `dead`; may be repeated',
  'text TEXT': 'with this text in the payload or in an error',
  'failed-before TIME': 'that died before this time, such as 2026-01-31 or 2026-01-31T12:00:00Z',
  'limit NUMBER': 'how many at most, the newest first',
};

const YES = { yes: 'do not ask; needed where no terminal can answer' };

const ENTRY = [
  'ENTRY is a file of the built application, such as dist/app.module.js. Its default export, its export AppModule,',
  'or its only module is a module class, a DynamicModule, or a function that returns one.',
  'Without ENTRY the file is searched for with nest-cli.json, tsconfig.json and package.json.',
];

export const COMMANDS = {
  list: {
    does: 'show every signal: who sends it, who receives it, in which order and how',
    usage: 'list [ENTRY]',
    options: {
      'signal NAME': 'only this signal',
      'receiver UID': 'only the signals of this receiver, without other receivers',
      'format FORMAT': 'text, json, mermaid or asyncapi; default: text',
      'write FILE': 'write to a file; Mermaid in a .md file is put into a block of code',
      'check FILE': 'exit 1 if `--write FILE` would change the file',
    },
    more: [...ENTRY, 'It makes a preview: no constructor runs, no port is opened, no database is used.'],
  },
  explain: {
    does: 'show which receivers a send would call, in which order, and why others not',
    usage: 'explain SIGNAL [ENTRY]',
    options: {
      'sender NAME': 'a send of this sender; default: of a sender that no receiver names',
      json: 'write JSON',
    },
    more: ENTRY,
  },
  diff: {
    does: 'compare with an earlier `list --format json`; exit 1 if a signal, sender or receiver changed',
    usage: 'diff FILE [ENTRY]',
    options: { json: 'write JSON' },
    more: [...ENTRY, 'Moved lines are no change.'],
  },
  migrate: {
    does: 'show how @OnEvent, and what is sent to it, become signals; with --write, change the files',
    usage: 'migrate',
    options: {
      write: 'write the files; without it the changes are shown',
      'name NAME': 'only this name; may be repeated. What may be any name is no reason to leave it alone',
    },
    more: [
      'Run it in the folder of the application. Names that cannot be changed safely are left alone, with the reason.',
    ],
  },
  counts: { does: 'count the durable messages of each receiver', usage: 'counts', options: DATABASE },
  dead: {
    does: 'show durable messages whose receivers have failed for the last time',
    usage: 'dead',
    options: { ...FILTER, ...DATABASE },
  },
  retry: {
    does: 'deliver dead messages once more',
    usage: 'retry',
    options: { ...FILTER, ...YES, ...DATABASE },
    more: ['It asks first if no filter is given.'],
  },
  remove: { does: 'forget dead messages', usage: 'remove', options: { ...FILTER, ...YES, ...DATABASE } },
  purge: {
    does: 'forget dead and waiting messages',
    usage: 'purge',
    options: { ...FILTER, ...YES, ...DATABASE },
  },
  pause: { does: 'stop delivering to a receiver, on all machines', usage: 'pause UID', options: DATABASE },
  resume: { does: 'deliver to a paused receiver again', usage: 'resume UID', options: DATABASE },
} as const satisfies Record<string, CommandText>;

export type CommandName = keyof typeof COMMANDS;

/** Returns the options of a command as `parseArgs` reads them. */
export function commandOptions(name: CommandName): ParseArgsOptionsConfig {
  const { options }: CommandText = COMMANDS[name];
  const parsed = Object.keys(options).map(text => {
    const [option = '', value] = text.split(' ');
    return [option, { type: value ? 'string' : 'boolean', multiple: option === 'id' || option === 'name' }] as const;
  });
  return { ...Object.fromEntries(parsed), help: { type: 'boolean', short: 'h' } };
}
