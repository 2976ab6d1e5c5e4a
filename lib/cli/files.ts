import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The text of a file, without the mark that programs on Windows put before it. Undefined where it cannot be read. */
export function fileText(path: string): string | undefined {
  try {
    return withoutMark(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

/** An empty object where the file is not there, or holds something else; comments and commas at the end are let through. */
export function readJson<T extends object>(path: string): Partial<T> {
  try {
    const text = fileText(path) ?? '{}';
    const json = text.replace(/("(?:[^"\\]|\\.)*")|\/\/.*|\/\*[^]*?\*\//g, '$1').replace(/,(?=\s*[}\]])/g, '');
    const value = JSON.parse(json) as Partial<T> | null;
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Loads a file of the application, or of a package that the application has. */
export function importFile<Module extends object>(path: string): Promise<Module> {
  const url = pathToFileURL(path).href;
  return import(url) as Promise<Module>;
}
