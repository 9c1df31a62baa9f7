// fuzz list
// fuzz run TARGET --seed S --from N --count N --progress FILE
// fuzz show TARGET --seed S --from N
//
// `scripts/fuzz` calls it: a process for each stretch of inputs, so that a trap, a hang or a full stack ends that process
// alone and its number is found in FILE.
FuzzCommand(CommandLine.arguments).run()
