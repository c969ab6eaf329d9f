/** What groups of commands have in common: they list where no command is named, and say where the help is. */
import type { Command } from 'commander'

/** The command that a group runs where none is named. What is no command lands there too, and is refused. */
export function listCommand(group: Command, about: string): Command {
  return group
    .command('list', { isDefault: true })
    .description(about)
    .allowExcessArguments()
    .hook('preAction', ({ args: [word] }) => {
      if (word === undefined) return
      const known = group.commands.map((command) => command.name()).join(', ')
      group.error(`error: unknown command '${word}': '${pathOf(group)}' has ${known}`)
    })
}

/** From now on whatever is typed wrong is told with where to read on. */
export function pointToHelp(command: Command): void {
  command.showHelpAfterError(`'${pathOf(command)} --help' shows what there is.`)
  for (const part of command.commands) pointToHelp(part)
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
