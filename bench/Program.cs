using UppalCrm.Bench;

// The same program is what measures, the app that is measured, and the floor beside it: each in a process of its own, so that its CPU can
// be told apart.
return args switch
{
    ["serve", ..] => await AppServer.RunAsync(args[1..]),
    ["floor", ..] => await FloorServer.RunAsync(args[1..]),
    _ => await Bench.RunAsync(args),
};
