/** A value as JSON. Plain objects that have the tag as a key of their own are escaped: `{ $: 'object', v: ... }`. */
export type Encoded = string | number | boolean | null | Encoded[] | { [key: string]: Encoded };
