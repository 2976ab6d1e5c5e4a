import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../test/house/repository.ts';
import { llmsText, wholeManual } from './whole.ts';

writeFileSync(join(REPOSITORY, 'llms.txt'), llmsText());
writeFileSync(join(REPOSITORY, 'llms-full.md'), wholeManual());
