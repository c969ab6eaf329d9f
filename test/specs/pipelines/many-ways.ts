/** A pipeline as photographers have them, through which there are thousands of ways: two methods, a loop, a pairing. */
import type { PipelineContent } from '#specs/pipelines/pipeline.ts'
import { draw } from './graphs.ts'

/** Through 8,190 ways to 378 different sets of files. */
export function manyWays(): PipelineContent {
  return draw(
    'cap > raw.CR3 > denoise(DxO2,DxO3) > d.DNG > ?work > edit(Edit,BW) >5 ?work',
    '?work > crop() >5 ?work',
    '?work > retouch() >5 ?work',
    '?work > t.TIF > & > ?use > =Archive',
    'cap > x.XMP > &',
    '?use > export(lo,hi) > j.JPG > =Gallery',
  )
}
