import { getConstructionPlans } from 'pg-boss';
import { neededVersion } from '../../lib/pg-boss/starting/schema.js';

/** The columns that `lib/pg-boss/job-table.ts` reads and writes. */
const COLUMNS = `id name data state policy retry_limit retry_count start_after started_on heartbeat_on heartbeat_seconds
  expire_seconds deletion_seconds keep_until created_on completed_on output dead_letter group_tier blocked source_name
  source_id source_created_on source_retry_count source_output source_root_id`.split(/\s+/);

describe('The statements on tables of pg-boss', () => {
  const plans = getConstructionPlans('any');

  it('are those of pg-boss 12.38: with another version of its tables, read lib/pg-boss/job-table.ts again', () => {
    expect(neededVersion('any')).toBe(46);
  });

  it('know columns that there are', () => {
    const table = /CREATE TABLE any\.job \(([^]*?)\n\s*\) PARTITION/.exec(plans)![1]!;

    expect(COLUMNS.filter(column => !new RegExp(`\\n\\s*${column} `).test(table))).toEqual([]);
  });
});
