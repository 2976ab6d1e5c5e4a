/** Why an application sends no model signals, as the warning at start says it. */
export const NO_ORM = 'it has no MikroORM, or `SignalsModule.forRoot({ mikroOrm: false })`';
