/** Asks the agent that runs on a folder. */
import { createConnection } from 'node:net'
import { Failure, messageOf } from '../exit-codes.ts'
import { type Ask, socketPath, Status } from './words.ts'

const answerMs = 3_000

/** Throws a Failure with 'notRunning' where none runs, and with 'failed' where one runs and does not answer. */
export async function askAgent(folder: string, ask: Ask['ask']): Promise<Status> {
  const text = await exchange(socketPath(folder), `${JSON.stringify({ ask })}\n`, folder)
  try {
    return Status.parse(JSON.parse(text))
  } catch {
    throw new Failure(
      'failed',
      `the agent on ${folder} answers in a way that this program does not know. Restart it.`,
    )
  }
}

/** Resolves when the agent has ended, at once where none runs. */
export async function agentEnds(folder: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = createConnection(socketPath(folder))
    socket.on('connect', () => socket.write(`${JSON.stringify({ ask: 'end' } satisfies Ask)}\n`))
    socket.on('close', () => resolve()).on('error', () => {})
  })
}

function exchange(path: string, question: string, folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = createConnection(path)
    socket.setEncoding('utf8').setTimeout(answerMs, () => {
      socket.destroy()
      reject(new Failure('failed', `the agent on ${folder} runs, but does not answer within ${answerMs} ms.`))
    })
    socket.on('connect', () => socket.write(question))
    socket.on('data', (part: string) => (text += part))
    socket.on('end', () => resolve(text))
    socket.on('error', (error) => reject(notRunning(error, folder)))
  })
}

function notRunning(error: NodeJS.ErrnoException, folder: string): Failure {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
    return new Failure('notRunning', `no agent runs on ${folder}. 'safelight-agent start' starts it.`)
  return new Failure('failed', `the agent on ${folder} can't be asked: ${messageOf(error)}`)
}
