"""beartype as jaxtyping's hook wants it: a whole number is welcome where a float is."""

from beartype import BeartypeConf, beartype

typechecked = beartype(conf=BeartypeConf(is_pep484_tower=True))
