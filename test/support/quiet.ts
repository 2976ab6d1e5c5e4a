import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';

/** Keeps the log of these tests to itself: what is logged in them is meant to be. */
export function quiet(): void {
  beforeEach(() => {
    for (const level of ['error', 'warn'] as const) jest.spyOn(Logger.prototype, level).mockReturnValue();
  });
  afterEach(() => jest.restoreAllMocks());
}
