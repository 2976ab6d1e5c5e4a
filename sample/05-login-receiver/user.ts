export class User {
  constructor(readonly name: string) {}
}
