/** Runs in a worker thread: finds the task's function and calls it. */
export default async function run({ task, input }: { task: string; input: unknown }): Promise<unknown> {
  const [address = '', name = 'default'] = task.split('#')
  const module = (await import(address)) as Record<string, unknown>
  const work = module[name]
  if (typeof work !== 'function')
    throw new TypeError(`'${address}' exports no function '${name}' for ctx.offload`)
  return work(input)
}
