/// <summary>The package does not do what it should.</summary>
internal sealed class SmokeTestException(string message) : Exception(message);
