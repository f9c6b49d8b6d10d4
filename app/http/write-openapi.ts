// `npm run openapi`: writes the document to the file named on the command line.

import { writeFileSync } from 'node:fs';
import { openApiText } from './openapi-text.ts';

const [, , file] = process.argv;
if (file === undefined) throw new Error('name the file to write');
writeFileSync(file, openApiText());
process.stdout.write(`${file}\n`);
