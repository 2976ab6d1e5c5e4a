import { Catch, type ExceptionFilter } from '@nestjs/common';

/**
 * Makes an exception filter that sees every exception and catches none.
 *
 * Nest picks the first filter of whose types the exception is an instance (11 and 12). This one's type is asked, and
 * says no: the filters of the application go on as if it were not there.
 */
export function exceptionObserver(see: (exception: unknown) => void): ExceptionFilter {
  class AnyException {
    static [Symbol.hasInstance](exception: unknown): boolean {
      see(exception);
      return false;
    }
  }
  class ExceptionObserver implements ExceptionFilter {
    catch(): void {}
  }
  Catch(AnyException)(ExceptionObserver);
  return new ExceptionObserver();
}
