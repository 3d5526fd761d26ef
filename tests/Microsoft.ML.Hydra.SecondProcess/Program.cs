using Microsoft.ML.Hydra.SecondProcess;

// Commands of the tests that need a process which has seen nothing yet:
//   predict MODEL.zip HISTORIES.txt     loads a saved model and prints what it recommends
//   train SEED                          trains and prints a digest of all that was learned
//   tune DIRECTORY                      searches and prints every epoch
//   train-with TEMPORARY MODEL.zip      trains with that folder as MLContext.TempFilePath, saves, loads, recommends, and prints where native code was changed
//   plugin                              trains in a load context of its own, as an application does with its plugins
//   torch                               uses TorchSharp without training
return args switch
{
    ["predict", string model, string histories] => Prediction.Run(model, histories),
    ["train", string seed] => Training.Run(int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)),
    ["tune", string directory] => Tuning.Run(directory),
    ["train-with", string folder, string model] => TightTraining.Run(folder, model),
    ["plugin"] => PluginHost.Run(),
    ["torch"] => TorchUse.Run(),
    _ => 2,
};
