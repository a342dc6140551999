"""How a widget refuses a value."""

import pytest


def refuses(kind, trait, value, rule, late):
    """When it is made, or later, `kind` refuses the value by an error that names the trait, the rule and the value."""
    with pytest.raises(ValueError, match=f"^{trait} must be") as error:
        setattr(kind(), trait, value) if late else kind(**{trait: value})
    return rule in str(error.value) and repr(value) in str(error.value)
