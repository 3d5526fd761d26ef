using Microsoft.ML.Hydra.SecondProcess;

// Commands of the tests that need a process which has seen nothing yet:
//   predict MODEL.zip HISTORIES.txt     loads a saved model and prints what it recommends
//   train SEED                          trains and prints a digest of all that was learned
//   tune DIRECTORY                      searches and prints every epoch
return args switch
{
    ["predict", string model, string histories] => Prediction.Run(model, histories),
    ["train", string seed] => Training.Run(int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)),
    ["tune", string directory] => Tuning.Run(directory),
    _ => 2,
};
