/**
 * Imported before any schema is made: the page's security policy forbids code made from text, and a schema that tries
 * would be reported.
 */
import * as z from 'zod'

z.config({ jitless: true })
