/** Answers on this machine for as long as the agent runs. */
import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { Ask, socketPath, type Status } from './words.ts'

export interface Answers {
  status(): Status
  drain(): void
}

const questionMaxBytes = 1_000
const questionMs = 5_000
const ownerOnly = 0o600

/** Only for whoever holds the folder's lock: a socket that an earlier run has left is taken away. */
export async function answerLocally(folder: string, answers: Answers): Promise<Server> {
  const path = socketPath(folder)
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const server = createServer((socket) => serve(socket, answers))
  server.listen(path)
  await once(server, 'listening')
  if (process.platform !== 'win32') chmodSync(path, ownerOnly)
  return server
}

function serve(socket: Socket, answers: Answers): void {
  let question = ''
  socket.setEncoding('utf8').setTimeout(questionMs, () => socket.destroy())
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    question += text
    if (question.includes('\n')) answer(socket, question, answers)
    else if (question.length > questionMaxBytes) socket.destroy()
  })
}

function answer(socket: Socket, question: string, answers: Answers): void {
  const asked = parse(question)
  if (asked?.ask === 'end') return void socket.setTimeout(0)
  if (asked?.ask === 'drain') answers.drain()
  const said = asked ? answers.status() : { fault: 'not understood: is this agent of another version?' }
  socket.end(`${JSON.stringify(said)}\n`)
}

function parse(question: string): Ask | null {
  try {
    return Ask.parse(JSON.parse(question))
  } catch {
    return null
  }
}
