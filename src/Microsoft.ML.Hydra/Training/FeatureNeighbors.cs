using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>The items most alike to each item by words and numbers: those with the largest cosine between their features. As links they go into the prior.</summary>
internal sealed class FeatureNeighbors
{
    /// <summary>Most neighbours kept for an item.</summary>
    public const int MostNeighbors = 20;

    /// <summary>The time grows with the square of the number of items: larger catalogues get no such links.</summary>
    public const int MostItems = 100_000;

    private const float LeastCosine = 0.02f;
    private const int CosinesAtOnce = 1 << 24;

    // Denser columns are multiplied as a dense matrix.
    private const int SparseColumns = 8;

    // Neighbours of row r are those from r * MostNeighbors on, as many as _counts[r], best first.
    private readonly int[] _rows;
    private readonly float[] _cosines;
    private readonly int[] _counts;

    private FeatureNeighbors(int items) =>
        (_rows, _cosines, _counts) = (new int[items * MostNeighbors], new float[items * MostNeighbors], new int[items]);

    /// <summary>Finds the neighbours of all items in their domains; null where there are too many items in each, or nothing is known of any.</summary>
    /// <param name="features">Features, a row for each item row; an empty row is an item of which nothing is known, and has no neighbours.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    /// <param name="domains">The domains; null for one.</param>
    public static FeatureNeighbors? Find(SparseRows features, Action throwIfCancelled, ItemDomains? domains)
    {
        if (domains is null)
        {
            return Find(features, throwIfCancelled);
        }

        FeatureNeighbors? all = null;
        for (int domain = 0; domain < domains.Count; domain++)
        {
            int[] rows = domains.Rows(domain);
            if (Find(features.Select(rows), throwIfCancelled) is not { } found)
            {
                continue;
            }

            all ??= new FeatureNeighbors(features.NumberOfRows);
            for (int place = 1; place < rows.Length; place++)
            {
                (int from, int to, int count) = (place * MostNeighbors, rows[place] * MostNeighbors, found._counts[place]);
                all._counts[rows[place]] = count;
                found._cosines.AsSpan(from, count).CopyTo(all._cosines.AsSpan(to));
                for (int i = 0; i < count; i++)
                {
                    all._rows[to + i] = rows[found._rows[from + i]];
                }
            }
        }

        return all;
    }

    /// <summary>Finds the neighbours of all items; null where there are too many items, or nothing is known of any.</summary>
    /// <param name="features">Features, a row for each item row; an empty row is an item of which nothing is known, and has no neighbours.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    public static FeatureNeighbors? Find(SparseRows features, Action throwIfCancelled)
    {
        int items = features.NumberOfRows;
        if (items > MostItems + 1 || features.Values.Length == 0)
        {
            return null;
        }

        var found = new FeatureNeighbors(items);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        var unit = new UnitFeatures(features);
        int atOnce = Math.Clamp(CosinesAtOnce / items, 1, items), k = Math.Min(MostNeighbors + 1, items);    // an item is its own nearest
        for (int first = 0; first < items; first += atOnce)
        {
            throwIfCancelled();
            using DisposeScope block = NewDisposeScope();
            int count = Math.Min(atOnce, items - first);
            (Tensor cosines, Tensor rows) = unit.Cosines(first, count).topk(k, dim: 1);
            found.Keep(first, count, k, rows.contiguous().data<long>().ToArray(), cosines.contiguous().data<float>().ToArray());
        }

        return found;
    }

    /// <summary>Links to the neighbours, with the cosine to a power as weight.</summary>
    public ItemLinks Links(double power)
    {
        var links = new ItemLinksBuilder();
        for (int row = 1; row < _counts.Length; row++)
        {
            for (int i = 0; i < _counts[row]; i++)
            {
                links.Add(_rows[(row * MostNeighbors) + i], Math.Pow(_cosines[(row * MostNeighbors) + i], power));
            }

            links.EndRow();
        }

        return links.Build();
    }

    private void Keep(int first, int count, int k, long[] rows, float[] cosines)
    {
        for (int i = 0; i < count * k; i++)
        {
            int row = first + (i / k), place = (row * MostNeighbors) + _counts[row];
            if (rows[i] != row && cosines[i] >= LeastCosine && _counts[row] < MostNeighbors)
            {
                (_rows[place], _cosines[place]) = ((int)rows[i], Math.Min(cosines[i], 1));
                _counts[row]++;
            }
        }
    }

    /// <summary>Features of length 1. Products with columns that many items have are those of dense matrices, with the other columns those of a sparse one.</summary>
    private sealed class UnitFeatures
    {
        private readonly SparseRows _unit;
        private readonly int[] _places;      // of a column among those of its kind
        private readonly bool[] _isDense;
        private readonly Tensor? _dense;     // [I + 1, dense columns]
        private readonly Tensor? _sparse;    // [I + 1, the other columns]

        public UnitFeatures(SparseRows features)
        {
            _unit = Normalize(features);
            var counts = new int[features.NumberOfColumns];
            foreach (int column in features.Columns)
            {
                counts[column]++;
            }

            _isDense = Array.ConvertAll(counts, count => count > features.NumberOfRows / SparseColumns);
            _places = new int[counts.Length];
            (int dense, int sparse) = (0, 0);
            for (int column = 0; column < counts.Length; column++)
            {
                _places[column] = _isDense[column] ? dense++ : sparse++;
            }

            _dense = dense == 0 ? null : Rows(0, features.NumberOfRows, dense, ofDense: true);
            _sparse = sparse == 0 ? null : Sparse(sparse);
        }

        /// <summary>Cosines of some items to all, <c>[count, I + 1]</c>.</summary>
        public Tensor Cosines(int first, int count)
        {
            Tensor? dense = _dense?.narrow(0, first, count).mm(_dense.t());
            Tensor? sparse = _sparse?.mm(Rows(first, count, (int)_sparse.shape[1], ofDense: false).t()).t();
            return dense is null ? sparse! : sparse is null ? dense : dense + sparse;
        }

        private static SparseRows Normalize(SparseRows features)
        {
            var values = (float[])features.Values.Clone();
            for (int row = 0; row < features.NumberOfRows; row++)
            {
                double squares = 0;
                foreach (float value in features.ValuesOf(row))
                {
                    squares += value * (double)value;
                }

                for (int i = features.Offsets[row]; squares > 0 && i < features.Offsets[row + 1]; i++)
                {
                    values[i] = (float)(values[i] / Math.Sqrt(squares));
                }
            }

            return new SparseRows(features.NumberOfColumns, features.Offsets, features.Columns, values);
        }

        // The columns of one kind as a dense matrix
        private Tensor Rows(int first, int count, int columns, bool ofDense)
        {
            var values = new float[(long)count * columns];
            for (int row = 0; row < count; row++)
            {
                ReadOnlySpan<int> of = _unit.ColumnsOf(first + row);
                for (int i = 0; i < of.Length; i++)
                {
                    if (_isDense[of[i]] == ofDense)
                    {
                        values[((long)row * columns) + _places[of[i]]] = _unit.ValuesOf(first + row)[i];
                    }
                }
            }

            return tensor(values).view(count, columns);
        }

        private Tensor Sparse(int columns)
        {
            (var rows, var places, var values) = (new List<long>(), new List<long>(), new List<float>());
            for (int row = 0; row < _unit.NumberOfRows; row++)
            {
                for (int i = _unit.Offsets[row]; i < _unit.Offsets[row + 1]; i++)
                {
                    if (!_isDense[_unit.Columns[i]])
                    {
                        rows.Add(row);
                        places.Add(_places[_unit.Columns[i]]);
                        values.Add(_unit.Values[i]);
                    }
                }
            }

            return sparse_coo_tensor(stack([tensor(rows.ToArray()), tensor(places.ToArray())]), tensor(values.ToArray()), [_unit.NumberOfRows, columns]);
        }
    }
}
