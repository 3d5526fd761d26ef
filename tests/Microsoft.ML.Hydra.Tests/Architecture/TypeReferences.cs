using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>
/// Every type that the compiled code of a type names: in bases, attributes, constraints, signatures, locals, instructions and
/// handlers, taken apart to the bare types (no arrays, pointers or generic instances). Types nested in it are not included.
/// </summary>
internal sealed class TypeReferences
{
    private readonly HashSet<TypeReference> _found = [];

    private TypeReferences()
    {
    }

    public static IReadOnlyCollection<TypeReference> Of(TypeDefinition type)
    {
        var references = new TypeReferences();
        references.Add(type);
        return references._found;
    }

    private void Add(TypeDefinition type)
    {
        Add(type.BaseType);
        Add((ICustomAttributeProvider)type);
        Add((IGenericParameterProvider)type);
        foreach (InterfaceImplementation implemented in type.Interfaces)
        {
            Add(implemented.InterfaceType);
        }

        foreach (FieldDefinition field in type.Fields)
        {
            Add(field.FieldType);
            Add((ICustomAttributeProvider)field);
        }

        foreach (ICustomAttributeProvider member in type.Properties.Concat<ICustomAttributeProvider>(type.Events))
        {
            Add(member);
        }

        foreach (MethodDefinition method in type.Methods)
        {
            Add((MethodReference)method);
            Add((ICustomAttributeProvider)method);
            Add((IGenericParameterProvider)method);
            foreach (ParameterDefinition parameter in method.Parameters)
            {
                Add((ICustomAttributeProvider)parameter);
            }

            foreach (MethodReference overridden in method.Overrides)
            {
                Add(overridden);
            }

            if (method.HasBody)
            {
                Add(method.Body);
            }
        }
    }

    private void Add(MethodBody body)
    {
        foreach (VariableDefinition local in body.Variables)
        {
            Add(local.VariableType);
        }

        foreach (ExceptionHandler handler in body.ExceptionHandlers)
        {
            Add(handler.CatchType);
        }

        foreach (Instruction instruction in body.Instructions)
        {
            switch (instruction.Operand)
            {
                case TypeReference type:
                    Add(type);
                    break;
                case FieldReference field:
                    Add(field.DeclaringType);
                    Add(field.FieldType);
                    break;
                case MethodReference method:
                    Add(method);
                    break;
                case CallSite site:
                    Add(site.ReturnType);
                    AddAll(site.Parameters.Select(p => p.ParameterType));
                    break;
            }
        }
    }

    private void Add(MethodReference method)
    {
        Add(method.DeclaringType);
        Add(method.ReturnType);
        AddAll(method.Parameters.Select(p => p.ParameterType));
        if (method is GenericInstanceMethod generic)
        {
            AddAll(generic.GenericArguments);
        }
    }

    private void Add(ICustomAttributeProvider provider)
    {
        foreach (CustomAttribute attribute in provider.CustomAttributes)
        {
            Add(attribute.AttributeType);
            foreach (CustomAttributeArgument argument in attribute.ConstructorArguments)
            {
                Add(argument.Value as TypeReference);
            }
        }
    }

    private void Add(IGenericParameterProvider provider) =>
        AddAll(provider.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType));

    private void AddAll(IEnumerable<TypeReference> types)
    {
        foreach (TypeReference type in types)
        {
            Add(type);
        }
    }

    private void Add(TypeReference? type)
    {
        switch (type)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType generic:
                Add(generic.ElementType);
                AddAll(generic.GenericArguments);
                return;
            case FunctionPointerType function:
                Add(function.ReturnType);
                AddAll(function.Parameters.Select(p => p.ParameterType));
                return;
            case IModifierType modified:
                Add(modified.ElementType);
                Add(modified.ModifierType);
                return;
            case TypeSpecification specification:
                Add(specification.ElementType);
                return;
        }

        _found.Add(type);
    }
}
