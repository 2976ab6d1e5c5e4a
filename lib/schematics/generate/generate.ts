import { compilerOf, joined, localNameOf, specifierOf, Sources } from '../source/index.js';
import { filesOf, type Rule, type Tree } from '../tree.js';
import { type Generated, type GenerateOptions, generatedBy } from './names.js';
import { hasExtensions, register } from './register.js';
import {
  type ReceivedSignal,
  receiverSpec,
  receiverText,
  signalSpec,
  signalText,
  type TemplateNames,
} from './templates.js';

/** The texts of what is generated. */
interface Texts {
  readonly text: string;
  readonly spec: (names: TemplateNames) => string;
}

/** Generates a signal, and provides it in the nearest module. */
export function signal(options: GenerateOptions): Rule {
  const generated = generatedBy('signal', options);
  return generate('signal', options, generated, () => ({ text: signalText(generated.className), spec: signalSpec }));
}

/** Generates a receiver of the signal with its name, or else of a built-in one, and provides it in the nearest module. */
export function receiver(options: GenerateOptions): Rule {
  const name = String(options.name ?? '').replace(/[-._]?receiver$/i, '') || options.name;
  const named = generatedBy('receiver', { ...options, name });
  const className = `${named.className}Receiver`;
  const generated = { ...named, className };
  return generate('receiver', options, generated, (sources, path) => {
    const received = receivedSignal(sources, options, generated, path);
    return { text: receiverText(className, received), spec: names => receiverSpec(names, received) };
  });
}

function generate(
  kind: string,
  { spec = true, specFileSuffix = 'spec', skipImport = false, language = 'ts' }: GenerateOptions,
  generated: Generated,
  textsOf: (sources: Sources, path: string) => Texts,
): Rule {
  if (language !== 'ts') throw new Error(`A ${kind} is generated in TypeScript, and not in '${language}'.`);
  return (tree, context) => {
    const sources = new Sources(compilerOf(process.cwd()), filesOf(tree));
    const { className, fileName, folder } = generated;
    const path = joined(folder, `${fileName}.${kind}.ts`);
    const texts = textsOf(sources, path);
    create(tree, path, texts.text);
    const specPath = joined(folder, `${fileName}.${kind}.${specFileSuffix}.ts`);
    const specifier = specifierOf(specPath, path, hasExtensions(sources));
    if (spec) create(tree, specPath, texts.spec({ className, specifier }));
    if (!skipImport) register(tree, context, sources, generated, path);
  };
}

function create(tree: Tree, path: string, text: string): void {
  if (tree.exists(path)) throw new Error(`${path} exists already. Choose another name, or remove the file.`);
  tree.create(path, text);
}

/** A signal of the same name anywhere in the sources, or one that every application has. */
function receivedSignal(
  sources: Sources,
  { sourceRoot = 'src' }: GenerateOptions,
  { fileName }: Generated,
  path: string,
): ReceivedSignal {
  const file = sources.files.list(joined(sourceRoot)).find(one => one.endsWith(`/${fileName}.signal.ts`));
  const source = file === undefined ? undefined : sources.at(file);
  const base = source && localNameOf(source, 'Signal', 'nestjs-signals');
  const own = source?.ast.statements
    .filter(sources.ts.isClassDeclaration)
    .find(({ heritageClauses }) => heritageClauses?.some(({ types }) => types[0]?.expression.getText() === base));
  if (!source || !own?.name) return { name: 'RequestFinished', from: 'nestjs-signals' };
  return { name: own.name.text, from: specifierOf(path, source.path, hasExtensions(sources)) };
}
