import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PageState } from '../../page-types.ts';
import type { Stream } from '../stream.ts';

/** All that the application has said of itself, and its sends as they happen. */
interface PageContext extends PageState {
  readonly stream: Stream;
}

export const Page = createContext<PageContext | undefined>(undefined);

export function usePage(): PageContext {
  // It is there for all that is below `Page.Provider`.
  return useContext(Page)!;
}
