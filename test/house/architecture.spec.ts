import { filesIn, filesOf, sourcesIn, sourcesOf } from './repository.js';
import { testRules } from './rule.js';
import { CIRCLE_RULES } from './rules/circles.js';
import { CLAIM_RULES } from './rules/claims.js';
import { DOOR_RULES } from './rules/doors.js';
import { LOADING_RULES } from './rules/loading.js';
import { FOLDER_RULES, NAME_RULES } from './rules/names.js';
import { PAGE_RULES } from './rules/page.js';
import { ROOM_RULES } from './rules/rooms.js';
import { SHAPE_RULES } from './rules/shape.js';

const lib = sourcesIn('lib');

describe('The rooms of lib', () => {
  testRules(ROOM_RULES, lib, sourcesOf);
});

describe('The doors of lib', () => {
  testRules(DOOR_RULES, lib, sourcesOf);
});

describe('The imports of lib', () => {
  testRules(CIRCLE_RULES, lib, sourcesOf);
});

describe('What lib loads', () => {
  testRules(LOADING_RULES, lib, sourcesOf);
});

describe('The sources of lib', () => {
  testRules(SHAPE_RULES, lib, sourcesOf);
});

describe('The claims of lib', () => {
  testRules(CLAIM_RULES, lib, sourcesOf);
});

describe('The names of lib', () => {
  testRules(NAME_RULES, lib, sourcesOf);
});

describe('The sources of the live page', () => {
  testRules(PAGE_RULES, sourcesIn('lib/inspector/page'), sourcesOf);
});

describe('The folders of the repository', () => {
  testRules(FOLDER_RULES, ['lib', 'sample', 'test', 'bench'].flatMap(filesIn), filesOf);
});
