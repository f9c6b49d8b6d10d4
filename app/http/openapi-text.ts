// The OpenAPI document as the text that is committed.

import { openApiDocument } from '../contract/openapi.ts';

/** Version of the API, not of the program: raised when an answer changes its meaning. */
const apiVersion = '1.0.0';

/** @returns JSON, two spaces, with a line feed at its end */
export const openApiText = (): string => `${JSON.stringify(openApiDocument(apiVersion), null, 2)}\n`;
