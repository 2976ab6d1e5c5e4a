import { Module } from '@nestjs/common';
import { Audit } from './audit.js';
import { StockAudit } from './stock-audit.js';

@Module({ providers: [Audit, StockAudit], exports: [Audit, StockAudit] })
export class AuditModule {}
