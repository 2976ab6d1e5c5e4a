import { compilerOf, joined, specifierOf, Sources } from '../source/index.js';
import { filesOf, type Rule, type Tree } from '../tree.js';
import { type Generated, type GenerateOptions, generatedBy } from './names.js';
import { register } from './register.js';
import { type ReceivedSignal, receiverSpec, receiverText, signalSpec, signalText } from './templates.js';

/** Makes the texts of a file and of its spec, which imports it by this specifier. */
type Template = (sources: Sources, specifier: string) => { text: string; spec: string };

/** Generates a signal, and provides it in the nearest module. */
export function signal(options: GenerateOptions): Rule {
  const generated = generatedBy('signal', options);
  const { className } = generated;
  return generate(options, generated, (_, specifier) => {
    return { text: signalText(className), spec: signalSpec(className, specifier) };
  });
}

/** Generates a receiver of the signal with its name, or else of a built-in one, and provides it in the nearest module. */
export function receiver(options: GenerateOptions): Rule {
  const name = String(options.name ?? '').replace(/[-._]?receiver$/i, '') || options.name;
  const named = generatedBy('receiver', { ...options, name });
  const className = `${named.className}Receiver`;
  return generate(options, { ...named, className }, (sources, specifier) => {
    const received = receivedSignal(sources, options, named);
    return { text: receiverText(className, received), spec: receiverSpec(className, specifier, received) };
  });
}

function generate(
  { spec = true, specFileSuffix = 'spec', skipImport = false }: GenerateOptions,
  generated: Generated,
  template: Template,
): Rule {
  return (tree, context) => {
    const sources = new Sources(compilerOf(process.cwd()), filesOf(tree));
    const { path } = generated;
    const specPath = path.replace(/ts$/, () => `${specFileSuffix}.ts`);
    const texts = template(sources, specifierOf(specPath, path, sources.hasExtensions));
    create(tree, path, texts.text);
    if (spec) create(tree, specPath, texts.spec);
    if (!skipImport) register(tree, context, sources, generated);
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
  { fileName, path }: Generated,
): ReceivedSignal {
  const file = sources.files.list(joined(sourceRoot)).find(one => one.endsWith(`/${fileName}.signal.ts`));
  const source = file === undefined ? undefined : sources.at(file);
  const base = source?.localNameOf('Signal', 'nestjs-signals');
  const own = source?.ast.statements
    .filter(sources.ts.isClassDeclaration)
    .find(({ heritageClauses }) => heritageClauses?.some(({ types }) => types[0]?.expression.getText() === base));
  if (!source || !own?.name) return { name: 'RequestFinished', from: 'nestjs-signals' };
  return { name: own.name.text, from: specifierOf(path, source.path, sources.hasExtensions) };
}
