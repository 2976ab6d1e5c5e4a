export class OrderPlacedFact {
  constructor(
    readonly id: number,
    readonly total: number,
  ) {}
}

export interface Cancellation {
  id: number;
  reason: string;
}
