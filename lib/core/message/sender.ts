/**
 * Returns the class of an instance; a class or a primitive value is returned as it is.
 */
export function classOf(sender: unknown): unknown {
  if (typeof sender !== 'object' || sender === null) return sender;
  return (Object.getPrototypeOf(sender) as { constructor?: unknown } | null)?.constructor;
}

/**
 * Returns whether a connection for the sender `filter` receives what `sender` sends.
 *
 * Identity, as in Django; a class also matches its direct instances. With `includeSubclasses` a class
 * matches its subclasses and their instances too.
 */
export function senderMatches(filter: unknown, sender: unknown, includeSubclasses: boolean): boolean {
  if (filter === sender || Object.is(filter, sender)) return true;
  if (typeof filter !== 'function') return false;
  const senderClass = classOf(sender);
  if (filter === senderClass) return true;
  // A function that is no class, such as an arrow function, has no prototype.
  if (!includeSubclasses || typeof senderClass !== 'function' || !(filter.prototype instanceof Object)) return false;
  return senderClass.prototype instanceof filter;
}

/** Whether a class is another, or extends it. */
export function isOrExtends(type: Function, parent: Function): boolean {
  return type === parent || type.prototype instanceof parent;
}

/** The property under which a sender that stands for something else keeps its name. */
export const SENDER_NAME: unique symbol = Symbol('sender name');

/** How an error text or a list shows a sender. */
export function nameOf(sender: unknown): string {
  if (typeof sender === 'function') return sender.name || 'an anonymous class';
  if (typeof sender === 'string') return `'${sender}'`;
  if (typeof sender !== 'object' || sender === null) return String(sender);
  if (SENDER_NAME in sender) return String(sender[SENDER_NAME]);
  const name = (classOf(sender) as { name?: string } | undefined)?.name;
  return name ? `an instance of ${name}` : 'an object';
}
