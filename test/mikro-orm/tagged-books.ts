import { defineEntity, p } from '@mikro-orm/postgresql';

const TagSchema = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), label: p.string(), books: () => p.manyToMany(Book).mappedBy('tags') },
});
export class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

const AuthorSchema = defineEntity({
  name: 'Author',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    books: () => p.oneToMany(Book).mappedBy('author').orphanRemoval(),
  },
});
export class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author);

const CountrySchema = defineEntity({ name: 'Country', properties: { id: p.integer().primary(), code: p.string() } });
export class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const PlaceSchema = defineEntity({
  name: 'Place',
  embeddable: true,
  properties: { city: p.string(), landOf: () => p.manyToOne(Country).nullable() },
});
export class Place extends PlaceSchema.class {}
PlaceSchema.setClass(Place);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    words: p.array().nullable(),
    at: p.datetime().nullable(),
    printedIn: () => p.embedded(Place).nullable(),
    tags: () => p.manyToMany(Tag).inversedBy('books'),
    pages: () => p.oneToMany(Page).mappedBy('book').orphanRemoval(),
    author: () => p.manyToOne(Author).nullable(),
    main: () => p.manyToOne(Tag).ref().nullable(),
    second: () => p.manyToOne(Tag).nullable(),
  },
});
export class Book extends BookSchema.class {}
BookSchema.setClass(Book);

const PageSchema = defineEntity({
  name: 'Page',
  properties: { id: p.integer().primary(), text: p.string(), book: () => p.manyToOne(Book).nullable() },
});
export class Page extends PageSchema.class {}
PageSchema.setClass(Page);

/** Books with tags, which know their books, and with everything else that may be related to a row. */
export const entities = [TagSchema, AuthorSchema, CountrySchema, PlaceSchema, BookSchema, PageSchema];
