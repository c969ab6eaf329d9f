/** How big a pipeline may be: so that checking it, and matching with it, always takes a moment and no more. */
export const limits = {
  nodes: 100,
  edges: 300,
  /** The methods of one process node: that many ways to do it. */
  methods: 20,
  methodLength: 64,
  patternLength: 500,
  sampleLength: 255,
  /** How often a loop may be gone through again. */
  repeat: 5,
  /** Different sets of files that images may consist of when they are done. */
  sets: 2_000,
  /** Files that one image may have to have. */
  files: 200,
  /** Ways that one image goes side by side. */
  lines: 200,
  /** What the steps on the way add to a file's name, all together; no file system takes longer names than 255. */
  marks: 180,
  /** Runs that are followed at a time while the sets are worked out. */
  open: 8_000,
  /** What working out the sets may cost, in steps of a microsecond or two. */
  work: 500_000,
  /** Problems told at once. */
  problems: 100,
} as const
