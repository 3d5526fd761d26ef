using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// The zip that <c>mlContext.Model.Save</c> makes of a model, written directly: ML.NET writes every entry to a temporary file first, which fails where that
/// folder is full or read-only. <c>mlContext.Model.Load</c> reads both alike.
/// </summary>
internal sealed class MlNetZip : IModelEntryWriter, IDisposable
{
    /// <summary>The directory of the model inside the zip.</summary>
    public const string ModelDirectory = "TransformerChain";

    private const string SchemaEntry = "Schema";
    private const string VersionEntry = "TrainingInfo/Version.txt";
    private const string HeaderEntry = "Model.key";

    private readonly ZipArchive _zip;

    /// <param name="target">Receives the zip; left open.</param>
    public MlNetZip(Stream target)
    {
        _zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        string? version = typeof(ModelSaveContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        WriteEntry(VersionEntry, stream => stream.Write(Encoding.UTF8.GetBytes($"{version}\n")));
    }

    /// <summary>Writes an entry of the model.</summary>
    public void Write(string name, Action<Stream> write) => WriteEntry($"{ModelDirectory}/{name}", write);

    /// <summary>Writes the header of the model and the schema of its input, as ML.NET does after the entries.</summary>
    /// <param name="mlContext">Writes the schema.</param>
    /// <param name="inputSchema">The schema; null for none.</param>
    public void Finish(MLContext mlContext, DataViewSchema? inputSchema)
    {
        Write(HeaderEntry, stream => stream.Write(MlNetHeader.OfModel()));
        if (inputSchema is not null)
        {
            // ML.NET goes back in what it writes, which an entry cannot.
            using var binary = new MemoryStream();
            mlContext.Data.SaveAsBinary(new EmptyView(inputSchema), binary, keepHidden: true);
            WriteEntry(SchemaEntry, stream => stream.Write(binary.GetBuffer().AsSpan(0, (int)binary.Length)));
        }
    }

    public void Dispose() => _zip.Dispose();

    private void WriteEntry(string name, Action<Stream> write)
    {
        using Stream stream = _zip.CreateEntry(name).Open();
        write(stream);
    }

    /// <summary>A view without rows: a schema as ML.NET stores it.</summary>
    private sealed class EmptyView(DataViewSchema schema) : IDataView
    {
        public bool CanShuffle => false;

        public DataViewSchema Schema => schema;

        public long? GetRowCount() => 0;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new EmptyCursor(schema);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [new EmptyCursor(schema)];
    }

    private sealed class EmptyCursor(DataViewSchema schema) : DataViewRowCursor
    {
        public override long Position => -1;

        public override long Batch => 0;

        public override DataViewSchema Schema => schema;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ref _) => throw NoRow();

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref _) => throw NoRow();

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext() => false;

        private static InvalidOperationException NoRow() => new("The view has no rows.");
    }
}
