"""Ways to damage an answer, to see that the comparison notices: each returns whether it could."""


def places(batches):
    return [(batch, output, at) for batch, outputs in enumerate(batches)
            for output, lines in enumerate(outputs) for at in range(len(lines))]


def drop(rng, batches):
    """A record is lost."""
    if not places(batches):
        return False
    batch, output, at = rng.choice(places(batches))
    del batches[batch][output][at]
    return True


def double(rng, batches):
    """A record comes twice."""
    if not places(batches):
        return False
    batch, output, at = rng.choice(places(batches))
    batches[batch][output].insert(at, batches[batch][output][at])
    return True


def move(rng, batches):
    """A record comes in another batch."""
    if not places(batches) or len(batches) < 2:
        return False
    batch, output, at = rng.choice(places(batches))
    other = rng.choice([number for number in range(len(batches)) if number != batch])
    batches[other][output].append(batches[batch][output].pop(at))
    return True


def change(rng, batches):
    """A record has another value."""
    if not places(batches):
        return False
    batch, output, at = rng.choice(places(batches))
    batches[batch][output][at] += "0"
    return True


KINDS = {"drop": drop, "double": double, "move": move, "change": change}
