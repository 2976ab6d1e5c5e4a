import { badOption } from '../core/index.js';
import { forRootOptions } from './options.js';
import type { Room } from './room.js';

/**
 * Returns the `link()` of a room whose work an option of `forRoot()` does: that of the option's value.
 *
 * @throws {SignalError} at start `UNKNOWN_OPTION`
 */
export function linkOf(option: 'durable' | 'telemetry', why: string, fix: string): Room['link'] {
  return async application => {
    const { [option]: named } = application.options as Record<typeof option, Partial<Room> | null | undefined>;
    if (named === undefined) return undefined;
    // A string has a method of this name.
    if (typeof named !== 'object' || typeof named?.link !== 'function')
      throw badOption(forRootOptions(), option, why, fix);
    return named.link(application);
  };
}
