/** The engine for patterns of one's own that agents use. */
export { compilePattern as patterns } from '#agent/photo/pattern/pattern.ts'
