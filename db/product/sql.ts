/** The product's queries. The files beside this one declare them, group by group. */
import { loadSql } from '../statement.ts'

export const sql = loadSql(new URL('./queries/', import.meta.url))
