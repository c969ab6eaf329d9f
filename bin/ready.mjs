/** Does nothing but say what is installed: for running an install by itself. */
console.log(`Node ${process.version} is ready.`)
