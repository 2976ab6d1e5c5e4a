import { pathToFileURL } from 'node:url';

/** Loads a file of the application, or of a package that the application has. */
export function importFile<Module extends object>(path: string): Promise<Module> {
  const url = pathToFileURL(path).href;
  return import(url) as Promise<Module>;
}
