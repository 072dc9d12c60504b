// The interface's words for scripts that are built apart from these, such as a book's own.
import { _ } from './words.js';

window.xpWords = { _ };
