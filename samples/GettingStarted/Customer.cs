namespace GettingStarted;

/// <summary>
/// One customer: two habits bought again in a rhythm of their own; a few lines followed at the same time, each in its order
/// and most often in turn; favourite departments that change over the years; things that go together; and now and then something
/// else altogether.
/// </summary>
internal sealed class Customer(Random random)
{
    private const int MostLinesAtOnce = 5;
    private const int NumberOfFavourites = 3;
    private const int NumberOfHabits = 2;

    private readonly List<LineInProgress> _lines = [];
    private readonly List<(string Product, int Due)> _goesTogether = [];
    private readonly HashSet<string> _bought = [];
    private readonly HashSet<string[]> _begun = [];
    private readonly Department[] _favourites =
        [.. Enumerable.Range(0, NumberOfFavourites).Select(_ => Skewed(random, Department.All, skew: 1.3))];

    private readonly List<Habit> _habits = [];
    private int _purchases;

    /// <summary>Chooses the next product.</summary>
    public string Buy()
    {
        string product = Choose();
        _purchases++;
        _bought.Add(product);
        return product;
    }

    private string Choose()
    {
        if (random.NextDouble() < 0.03)
        {
            _favourites[random.Next(NumberOfFavourites)] = Skewed(random, Department.All, skew: 1.3);
        }

        if (DueHabit() is { } habit && random.NextDouble() < 0.9)
        {
            habit.Due = _purchases + habit.Rhythm;
            return habit.Product;
        }

        int due = _goesTogether.FindIndex(next => next.Due <= _purchases);
        if (due >= 0)
        {
            string product = _goesTogether[due].Product;
            _goesTogether.RemoveAt(due);
            return product;
        }

        double mood = random.NextDouble();
        if (mood < 0.08)
        {
            return NewSingle(Skewed(random, Department.All, skew: 1.3));
        }

        if (mood < 0.11 && _bought.Count > 0)
        {
            return _bought.ElementAt(random.Next(_bought.Count));
        }

        return mood < 0.72 && _lines.Count > 0 ? GoOn() : BeginSomething();
    }

    /// <summary>A habit whose time has come; new customers take theirs up first.</summary>
    private Habit? DueHabit()
    {
        if (_habits.Count < NumberOfHabits)
        {
            Department department = _favourites[random.Next(NumberOfFavourites)];
            string product = Skewed(random, department.Singles, skew: 1.8);
            _habits.Add(new Habit(product, Rhythm: random.Next(4, 9)) { Due = _purchases + random.Next(4) });
        }

        return _habits.Find(habit => habit.Due <= _purchases);
    }

    /// <summary>The next product of a line in progress: most often the one that has waited longest.</summary>
    private string GoOn()
    {
        LineInProgress line = random.NextDouble() < 0.65
            ? _lines.MinBy(l => l.LastPurchase)!
            : _lines[random.Next(_lines.Count)];
        line.Next += random.NextDouble() < 0.06 && line.Next + 1 < line.Products.Length ? 1 : 0;
        line.LastPurchase = _purchases;
        string product = line.Products[line.Next++];
        if (line.Next == line.Products.Length || random.NextDouble() < 0.02)
        {
            _lines.Remove(line);
        }

        return product;
    }

    private string BeginSomething()
    {
        Department department = _favourites[random.Next(NumberOfFavourites)];
        string[] products = Skewed(random, department.Lines, skew: 1.5);
        bool isOpen = _lines.Count < MostLinesAtOnce && !(department.ChoosesOneLine && department.Lines.Any(_begun.Contains));
        if (isOpen && random.NextDouble() < 0.6 && _begun.Add(products))
        {
            _lines.Add(new LineInProgress(products) { Next = 1, LastPurchase = _purchases });
            return products[0];
        }

        string single = NewSingle(department);
        if (random.NextDouble() < 0.4)
        {
            // A product's companion is the next of its department.
            string companion = department.Singles[(Array.IndexOf(department.Singles, single) + 1) % department.Singles.Length];
            _goesTogether.Add((companion, _purchases + random.Next(1, 4)));
        }

        return single;
    }

    /// <summary>A single product, one that the customer lacks if a few looks find one.</summary>
    private string NewSingle(Department department)
    {
        string single = Skewed(random, department.Singles, skew: 1.8);
        for (int look = 0; look < 4 && _bought.Contains(single); look++)
        {
            single = Skewed(random, department.Singles, skew: 1.2);
        }

        return single;
    }

    /// <summary>One of the choices, early ones more often the larger the skew.</summary>
    private static T Skewed<T>(Random random, T[] choices, double skew) =>
        choices[(int)(choices.Length * Math.Pow(random.NextDouble(), skew))];

    /// <summary>A product bought again after every so many purchases.</summary>
    private sealed record Habit(string Product, int Rhythm)
    {
        /// <summary>Number of purchases after which it is due.</summary>
        public int Due { get; set; }
    }

    private sealed class LineInProgress(string[] products)
    {
        public string[] Products { get; } = products;

        public int Next { get; set; }

        public int LastPurchase { get; set; }
    }
}
